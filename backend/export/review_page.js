// SPDX-License-Identifier: GPL-3.0-or-later
// The viewer of the review page: reads the embedded rig, mixes shape keys on the CPU, draws with WebGL.
"use strict";
const $ = (id) => document.getElementById(id);
const header = JSON.parse($("rig").textContent);
const bytes = Uint8Array.from(atob($("data").textContent.trim()), (c) => c.charCodeAt(0)).buffer;
const TYPES = { int16: Int16Array, uint16: Uint16Array, uint32: Uint32Array, uint8: Uint8Array };
const array = (a) => new TYPES[a.type](bytes, a.offset, a.length);

// --- the rig -----------------------------------------------------------------------------------------------
const triangles = array(header.triangles), edges = array(header.edges), rows = array(header.rows);
const paint = array(header.paint), eyes = array(header.eyes);
const count = header.vertex_count, drawn = rows.length;
const faces = header.faces.map((face) => {
  const q = array(face.vertices), base = new Float32Array(3 * count);
  for (let i = 0; i < base.length; i++) base[i] = q[i] * face.scale + face.offset[i % 3];
  const keys = face.keys.map((k) => ({ scale: k.scale, rows: array(k.rows), values: array(k.values) }));
  return { name: face.name, base, keys };
});
let face = faces[0];
const weights = new Float32Array(header.names.length);
const position = new Float32Array(3 * count), normal = new Float32Array(3 * count);
const pointBuffer = new Float32Array(3 * drawn), normalBuffer = new Float32Array(3 * drawn);

function pose() {
  position.set(face.base);
  face.keys.forEach((key, k) => {
    const w = weights[k] * key.scale;
    if (w === 0) return;
    for (let i = 0; i < key.rows.length; i++) {
      const at = 3 * key.rows[i];
      for (let c = 0; c < 3; c++) position[at + c] += w * key.values[3 * i + c];
    }
  });
  normal.fill(0);
  const p = position;
  for (let t = 0; t < triangles.length; t += 3) {
    const a = 3 * rows[triangles[t]], b = 3 * rows[triangles[t + 1]], c = 3 * rows[triangles[t + 2]];
    const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
    const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
    const nx = uy * vz - uz * vy, ny = uz * vx - ux * vz, nz = ux * vy - uy * vx;
    for (const i of [a, b, c]) { normal[i] += nx; normal[i + 1] += ny; normal[i + 2] += nz; }
  }
  for (let i = 0; i < drawn; i++) {
    const at = 3 * rows[i], l = Math.hypot(normal[at], normal[at + 1], normal[at + 2]) || 1;
    for (let c = 0; c < 3; c++) { pointBuffer[3 * i + c] = p[at + c]; normalBuffer[3 * i + c] = normal[at + c] / l; }
  }
}

// --- drawing -----------------------------------------------------------------------------------------------
const canvas = $("view");
const gl = canvas.getContext("webgl2", { antialias: true, alpha: true, premultipliedAlpha: true });
const VERTEX = `#version 300 es
in vec3 point, normal, eye; in vec4 color; uniform mat4 project, view; uniform float lift; out vec3 n, p, e; out vec4 c;
void main() { vec4 q = view * vec4(point, 1.0); p = q.xyz; n = mat3(view) * normal; c = color; e = eye;
  gl_Position = project * q; gl_Position.z -= lift * gl_Position.w; }`;
const FRAGMENT = `#version 300 es
precision highp float; in vec3 n, p, e; in vec4 c; uniform vec4 flatColor; out vec4 result;
vec3 light(vec3 N, vec3 V, vec3 L, vec3 tint, vec3 albedo, float gloss) {
  float d = dot(N, L), soft = max(0.0, (d + 0.3) / 1.3);
  vec3 diffuse = albedo * mix(vec3(max(d, 0.0)), vec3(soft * soft, max(d, 0.0), max(d, 0.0)), 0.4);
  float s = pow(max(dot(N, normalize(L + V)), 0.0), 16.0 + 220.0 * gloss) * step(0.0, d);
  return tint * (diffuse + s * (0.05 + 0.75 * gloss));
}
void main() {
  if (flatColor.a > 0.0) { result = vec4(flatColor.rgb * flatColor.a, flatColor.a); return; }
  vec3 V = normalize(-p), N = normalize(n); if (dot(N, V) < 0.0 && !gl_FrontFacing) N = -N;
  vec3 albedo = c.rgb * c.rgb; float gloss = 0.08;
  if (dot(e, e) > 0.1) {
    float angle = acos(clamp(normalize(e).z, -1.0, 1.0)), edge = fwidth(angle);
    float iris = 1.0 - smoothstep(0.40 - edge, 0.40 + edge, angle), pupil = 1.0 - smoothstep(0.155 - edge, 0.155 + edge, angle);
    vec3 ring = mix(vec3(0.09, 0.16, 0.19), vec3(0.02, 0.035, 0.04), smoothstep(0.28, 0.40, angle));
    albedo = mix(mix(albedo, ring, iris), vec3(0.004), pupil); gloss = 0.9;
  }
  vec3 sky = mix(vec3(0.20, 0.17, 0.15), vec3(0.44, 0.47, 0.52), 0.5 + 0.5 * N.y);
  vec3 sum = albedo * sky;
  sum += light(N, V, normalize(vec3(-0.5, 0.62, 0.7)), vec3(1.00, 0.95, 0.88), albedo, gloss);
  sum += light(N, V, normalize(vec3(0.85, 0.1, 0.5)), vec3(0.20, 0.23, 0.28), albedo, gloss * 0.5);
  sum += light(N, V, normalize(vec3(0.6, 0.35, -0.75)), vec3(0.55, 0.57, 0.65), albedo, 0.0);
  result = vec4(pow(sum / (1.0 + 0.22 * sum), vec3(1.0 / 2.2)) * c.a, c.a);
}`;

function program() {
  const made = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source); gl.compileShader(shader); gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
  return made;
}
let shader, buffers = {}, uniform = {};
function setUp() {
  shader = program(); gl.useProgram(shader);
  const attribute = (name, data, size, usage) => {
    const buffer = buffers[name] = gl.createBuffer(), at = gl.getAttribLocation(shader, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer); gl.bufferData(gl.ARRAY_BUFFER, data, usage);
    gl.enableVertexAttribArray(at); gl.vertexAttribPointer(at, size, gl.FLOAT, false, 0, 0);
  };
  attribute("point", pointBuffer, 3, gl.DYNAMIC_DRAW);
  attribute("normal", normalBuffer, 3, gl.DYNAMIC_DRAW);
  attribute("color", Float32Array.from(paint, (v) => v / 255), 4, gl.STATIC_DRAW);
  attribute("eye", Float32Array.from(eyes, (v) => v / 32767), 3, gl.STATIC_DRAW);
  for (const [name, data] of [["triangles", Uint32Array.from(triangles)], ["edges", Uint32Array.from(edges)]]) {
    buffers[name] = gl.createBuffer();
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers[name]); gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, data, gl.STATIC_DRAW);
  }
  for (const name of ["project", "view", "lift", "flatColor"]) uniform[name] = gl.getUniformLocation(shader, name);
  gl.enable(gl.DEPTH_TEST); gl.enable(gl.BLEND); gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
}

const START = { yaw: 0.35, pitch: 0.04, distance: header.radius * 3.9, x: 0, y: 0 };
const eye = { ...START };
let wire = false, dirty = true, posed = false;
function draw() {
  requestAnimationFrame(draw);
  const w = Math.round(canvas.clientWidth * devicePixelRatio), h = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; dirty = true; }
  if (!dirty || !w || !h) return;
  dirty = false;
  if (!posed) {
    posed = true; pose();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.point); gl.bufferSubData(gl.ARRAY_BUFFER, 0, pointBuffer);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.normal); gl.bufferSubData(gl.ARRAY_BUFFER, 0, normalBuffer);
  }
  const f = 1 / Math.tan(0.22) * Math.min(1, w / h), near = eye.distance * 0.05, far = eye.distance + 6 * header.radius;
  const cy = Math.cos(eye.yaw), sy = Math.sin(eye.yaw), cp = Math.cos(eye.pitch), sp = Math.sin(eye.pitch);
  const r = [cy, 0, -sy, -sy * sp, cp, -cy * sp, sy * cp, sp, cy * cp]; // rows: the camera's right, up, backward
  const [x, y, z] = header.centre, d = (i) => -(r[i] * x + r[i + 1] * y + r[i + 2] * z);
  const view = [r[0], r[3], r[6], 0, r[1], r[4], r[7], 0, r[2], r[5], r[8], 0, d(0) + eye.x, d(3) + eye.y, d(6) - eye.distance, 1];
  gl.viewport(0, 0, w, h); gl.clearColor(0, 0, 0, 0); gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  gl.uniformMatrix4fv(uniform.project, false, [f * h / w, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, 2 * far * near / (near - far), 0]);
  gl.uniformMatrix4fv(uniform.view, false, view);
  gl.uniform1f(uniform.lift, 0); gl.uniform4f(uniform.flatColor, 0, 0, 0, 0);
  gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.triangles); gl.drawElements(gl.TRIANGLES, triangles.length, gl.UNSIGNED_INT, 0);
  if (wire) {
    gl.uniform1f(uniform.lift, 0.0006); gl.uniform4f(uniform.flatColor, 0.08, 0.06, 0.06, 0.42);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, buffers.edges); gl.drawElements(gl.LINES, edges.length, gl.UNSIGNED_INT, 0);
  }
}
const redraw = () => { dirty = true; };
const repose = () => { posed = false; dirty = true; };
const lookFrom = (yaw, pitch) => { Object.assign(eye, START, { yaw, pitch }); redraw(); };

// --- turning, moving, zooming --------------------------------------------------------------------------------
const held = new Map();
let pinch = 0;
const spread = () => { const [a, b] = [...held.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
canvas.addEventListener("pointerdown", (e) => { canvas.setPointerCapture(e.pointerId); held.set(e.pointerId, { x: e.clientX, y: e.clientY }); if (held.size === 2) pinch = spread(); });
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, (e) => held.delete(e.pointerId));
canvas.addEventListener("pointermove", (e) => {
  const last = held.get(e.pointerId);
  if (!last) return;
  const dx = e.clientX - last.x, dy = e.clientY - last.y, pixel = eye.distance * 0.45 / canvas.clientHeight;
  held.set(e.pointerId, { x: e.clientX, y: e.clientY });
  if (held.size === 2) { const now = spread(); zoom(pinch / now); pinch = now; }
  else if (e.buttons & 6 || e.shiftKey) { eye.x += dx * pixel; eye.y -= dy * pixel; }
  else { eye.yaw -= dx * 0.008; eye.pitch = Math.max(-1.5, Math.min(1.5, eye.pitch + dy * 0.008)); }
  redraw();
});
function zoom(by) { eye.distance = Math.max(header.radius * 0.8, Math.min(header.radius * 12, eye.distance * by)); redraw(); }
canvas.addEventListener("wheel", (e) => { e.preventDefault(); zoom(Math.exp(e.deltaY * 0.001)); }, { passive: false });
canvas.addEventListener("contextmenu", (e) => e.preventDefault());
canvas.addEventListener("dblclick", () => lookFrom(START.yaw, START.pitch));

// --- sliders -------------------------------------------------------------------------------------------------
const inputs = [];
const twin = header.names.map((n) => header.names.indexOf(n.endsWith("Left") ? n.slice(0, -4) + "Right" : n.endsWith("Right") ? n.slice(0, -5) + "Left" : ""));
function set(k, value) {
  weights[k] = value;
  const { input, output, row } = inputs[k];
  input.value = value; output.textContent = value.toFixed(2); row.classList.toggle("on", value > 0);
  repose();
}
function preset(values) {
  header.names.forEach((name, k) => set(k, values[name] || 0));
  press(values);
}
function press(values) { for (const b of $("presets").children) b.setAttribute("aria-pressed", header.presets[b.textContent] === values); }
for (const [title, members] of header.groups) {
  const group = document.createElement("details"), summary = document.createElement("summary");
  group.open = true; summary.textContent = title; summary.dataset.count = members.length; group.append(summary);
  for (const k of members) {
    const row = document.createElement("label"), label = document.createElement("span");
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 1, step: 0.01, value: 0 });
    const output = document.createElement("output");
    row.className = "slider"; label.textContent = label.title = header.names[k]; output.textContent = "0.00";
    row.append(label, input, output); group.append(row);
    inputs[k] = { row, input, output, name: header.names[k].toLowerCase() };
    input.addEventListener("input", () => { press(null); set(k, +input.value); if ($("both").checked && twin[k] >= 0) set(twin[k], +input.value); });
    row.addEventListener("dblclick", () => set(k, 0));
  }
  $("sliders").append(group);
}
for (const name of Object.keys(header.presets)) {
  const button = document.createElement("button");
  button.textContent = name; button.addEventListener("click", () => preset(header.presets[name]));
  $("presets").append(button);
}
$("search").addEventListener("input", () => {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const { row, name } of inputs) row.hidden = !words.every((word) => name.includes(word));
  for (const group of $("sliders").children) group.hidden = ![...group.querySelectorAll(".slider")].some((row) => !row.hidden);
});

// --- buttons and keys ----------------------------------------------------------------------------------------
const actions = {
  front: () => lookFrom(0, 0), side: () => lookFrom(Math.PI / 2, 0), reset: () => preset({}),
  wire: () => { wire = !wire; $("wire").setAttribute("aria-pressed", wire); redraw(); },
  theme: () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"),
};
function theme(name) { document.documentElement.dataset.theme = name; $("theme").textContent = name === "dark" ? "Light" : "Dark"; }
for (const [id, run] of Object.entries(actions)) $(id).addEventListener("click", run);
const letters = { f: "front", s: "side", w: "wire", r: "reset", d: "theme" };
document.addEventListener("keydown", (e) => {
  if (e.target === $("search") || e.ctrlKey || e.metaKey || e.altKey) return;
  if (letters[e.key]) actions[letters[e.key]]();
});
faces.forEach((f, i) => $("face").append(new Option(f.name, i)));
$("face").hidden = faces.length < 2;
$("face").addEventListener("change", () => { face = faces[$("face").value]; repose(); });
$("name").textContent = header.title;
$("facts").textContent = `${header.names.length} expressions · ${count.toLocaleString("en")} vertices · ${header.polygon_count.toLocaleString("en")} polygons`;
if (matchMedia("(prefers-color-scheme: dark)").matches) theme("dark");

// The part behind # opens the page in a state, e.g. #preset=smile&wire=1&theme=dark&yaw=40&jawOpen=0.5
const wanted = new URLSearchParams(location.hash.slice(1));
if (header.presets[wanted.get("preset")]) preset(header.presets[wanted.get("preset")]);
header.names.forEach((name, k) => { if (wanted.has(name)) set(k, Math.min(1, Math.max(0, +wanted.get(name) || 0))); });
if (wanted.get("wire") === "1") actions.wire();
if (wanted.has("theme")) theme(wanted.get("theme") === "dark" ? "dark" : "light");
if (wanted.has("yaw")) lookFrom(wanted.get("yaw") * Math.PI / 180, START.pitch);
if (gl) { setUp(); draw(); } else $("error").style.display = "grid";
