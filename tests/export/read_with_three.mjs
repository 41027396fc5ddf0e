// SPDX-License-Identifier: GPL-3.0-or-later
// node read_with_three.mjs THREE_FOLDER FILE.glb: what three.js finds in the file, as JSON with arrays in base64.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [three, path] = process.argv.slice(2);
globalThis.self = globalThis; // the loader expects a browser's name for it
console.error = () => {}; // Node can't decode pictures, and the loader says so for each
const { GLTFLoader } = await import(pathToFileURL(`${three}/examples/jsm/loaders/GLTFLoader.js`));
const data = new Uint8Array(readFileSync(path)).buffer;
const { scene } = await new GLTFLoader().parseAsync(data, "");
const packed = (attribute) => Buffer.from(Float32Array.from(attribute.array).buffer).toString("base64");
const meshes = [];
scene.traverse((node) => {
  if (!node.isMesh) return;
  const { attributes, morphAttributes, index } = node.geometry;
  meshes.push({
    rows: packed(attributes._vertex),
    vertices: packed(attributes.position),
    triangles: index.count / 3,
    names: Object.keys(node.morphTargetDictionary ?? {}),
    targets: (morphAttributes.position ?? []).map(packed),
    normals: (morphAttributes.normal ?? []).length,
    bones: node.skeleton?.bones.length ?? 0,
  });
});
console.log(JSON.stringify(meshes));
