# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend's child process, seen from Blender: started, polled, stopped, without threads or sockets."""
