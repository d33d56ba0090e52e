"""Renders exported scenes with Cycles; run by physperception.datasets.photoreal under a Python that has bpy.

    PYTHON_WITH_BPY tools/blender/render_scene.py [--samples 32] [--threads 0] EXPORT OUT [EXPORT OUT ...]
    PYTHON_WITH_BPY tools/blender/render_scene.py --version

EXPORT is a folder of physperception.datasets.scene_export. Into OUT go, for camera number n, color_n.png (8 bits, sRGB)
and index_n.png (8 bits grey: number of the object seen at the pixel's centre, 0 for none). When a scene is done, a line
"rendered OUT" is printed. This script needs bpy and numpy only, and nothing of physperception.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

SENSOR_MM = 36.0
SMOOTH_BELOW = math.radians(38)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--version", action="store_true")
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("folders", nargs="*", type=Path)
    options = parser.parse_args()
    if options.version:
        print(f"Blender {bpy.app.version_string}")
        return 0
    if len(options.folders) % 2:
        parser.error("folders come in pairs: EXPORT OUT")
    for export, out in zip(options.folders[::2], options.folders[1::2]):
        out.mkdir(parents=True, exist_ok=True)
        render(export, out, options.samples, options.threads)
        print(f"rendered {out}", flush=True)
    return 0


def render(export: Path, out: Path, samples: int, threads: int) -> None:
    """Build the scene of a folder, and render every camera in colour and as object numbers."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    description = json.loads((export / "scene.json").read_text(encoding="utf-8"))
    arrays = np.load(export / "geometry.npz")
    scene = bpy.context.scene
    set_cycles(scene, description, threads)
    materials = [make_material(export, material) for material in description["materials"]]
    for index, geom in enumerate(description["geoms"]):
        add_geom(scene, index, geom, arrays, materials)
    for index, lamp in enumerate(description["lamps"]):
        add_lamp(scene, index, lamp)
    cameras = [add_camera(scene, camera, description) for camera in description["cameras"]]
    scene.world = make_sky(description["sky"])
    set_color(scene, description, samples)
    for number, camera in enumerate(cameras):
        shoot(scene, camera, out / f"color_{number}.png")
    set_index(scene)
    for number, camera in enumerate(cameras):
        shoot(scene, camera, out / f"index_{number}.png")


def set_cycles(scene, description: dict, threads: int) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.render.resolution_x, scene.render.resolution_y = description["width"], description["height"]
    scene.render.resolution_percentage = 100
    scene.render.threads_mode = "FIXED" if threads else "AUTO"
    if threads:
        scene.render.threads = threads
    scene.render.use_persistent_data = True
    scene.render.image_settings.file_format = "PNG"
    scene.cycles.max_bounces, scene.cycles.diffuse_bounces, scene.cycles.glossy_bounces = 4, 2, 2
    scene.cycles.use_light_tree = False
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.cycles.sample_clamp_indirect = 4.0


def set_color(scene, description: dict, samples: int) -> None:
    scene.cycles.samples = samples
    scene.cycles.use_adaptive_sampling = samples > 16
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.pixel_filter_type = "BLACKMAN_HARRIS"
    scene.cycles.filter_width = 1.5
    scene.render.image_settings.color_mode = "RGB"
    scene.view_settings.view_transform = "Filmic"
    scene.view_settings.look = "Medium High Contrast"
    scene.view_settings.exposure = description["exposure_ev"]


def set_index(scene) -> None:
    """One sample at the centre of every pixel, of a surface that shines with its object's number and nothing else."""
    material = bpy.data.materials.new("index")
    nodes, links = tree_of(material)
    nodes.clear()
    info, divide = nodes.new("ShaderNodeObjectInfo"), nodes.new("ShaderNodeMath")
    emission, output = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    divide.operation, divide.inputs[1].default_value = "DIVIDE", 255.0
    links.new(info.outputs["Object Index"], divide.inputs[0])
    links.new(divide.outputs[0], emission.inputs["Color"])
    links.new(emission.outputs[0], output.inputs["Surface"])
    hide_insides(nodes, links)
    scene.view_layers[0].material_override = material
    scene.world = None
    for thing in scene.objects:
        thing.hide_render = thing.type == "LIGHT"
    scene.cycles.samples = 1
    scene.cycles.max_bounces = 0
    scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
    scene.cycles.pixel_filter_type = "BOX"
    scene.cycles.filter_width = 0.01
    scene.render.image_settings.color_mode = "BW"
    scene.render.dither_intensity = 0.0
    scene.view_settings.view_transform = "Raw"
    scene.view_settings.look = "None"
    scene.view_settings.exposure = 0.0


def shoot(scene, camera, path: Path) -> None:
    scene.camera = camera
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def add_geom(scene, index: int, geom: dict, arrays, materials: list) -> None:
    mesh = bpy.data.meshes.new(f"geom{index}")
    mesh.from_pydata(arrays[f"vertices_{index}"].tolist(), [], arrays[f"faces_{index}"].tolist())
    uv = arrays[f"uv_{index}"].reshape(-1, 2) * [1, -1] + [0, 1]
    mesh.uv_layers.new(name="uv").data.foreach_set("uv", uv.astype(np.float32).ravel())
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=SMOOTH_BELOW)
    mesh.materials.append(materials[geom["material"]])
    thing = bpy.data.objects.new(f"geom{index}", mesh)
    thing.pass_index = geom["object"]
    thing.visible_shadow = geom["casts_shadow"]
    scene.collection.objects.link(thing)


def make_material(export: Path, description: dict):
    """A principled surface: texture, and fine noise in its height and roughness."""
    material = bpy.data.materials.new(description["name"])
    nodes, links = tree_of(material)
    surface = next(node for node in nodes if node.bl_idname == "ShaderNodeBsdfPrincipled")
    surface.inputs["Metallic"].default_value = description["metallic"]
    surface.inputs["Specular IOR Level"].default_value = description["specular"]
    picture = nodes.new("ShaderNodeTexImage")
    picture.image = bpy.data.images.load(str(export / description["texture"]))
    picture.extension = "MIRROR" if description["mirrored"] else "REPEAT"
    links.new(picture.outputs["Color"], surface.inputs["Base Color"])
    where, noise = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = description["bump_per_m"]
    links.new(where.outputs["Object"], noise.inputs["Vector"])
    height = noise.outputs[0]
    bump = nodes.new("ShaderNodeBump")
    bump.inputs["Distance"].default_value = description["bump_mm"] / 1000
    links.new(height, bump.inputs["Height"])
    links.new(bump.outputs["Normal"], surface.inputs["Normal"])
    rough = nodes.new("ShaderNodeMapRange")
    spread = description["roughness_noise"]
    rough.inputs["To Min"].default_value = max(description["roughness"] - spread, 0.05)
    rough.inputs["To Max"].default_value = min(description["roughness"] + spread, 1.0)
    links.new(height, rough.inputs["Value"])
    links.new(rough.outputs[0], surface.inputs["Roughness"])
    hide_insides(nodes, links)
    material.use_transparent_shadow = False
    return material


def hide_insides(nodes, links) -> None:
    """Let the camera look through surfaces from behind, as OpenGL does where its near plane cuts an object open."""
    output = next(node for node in nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    shader = output.inputs["Surface"].links[0].from_socket
    side, path = nodes.new("ShaderNodeNewGeometry"), nodes.new("ShaderNodeLightPath")
    both, mix = nodes.new("ShaderNodeMath"), nodes.new("ShaderNodeMixShader")
    both.operation = "MULTIPLY"
    links.new(side.outputs["Backfacing"], both.inputs[0])
    links.new(path.outputs["Is Camera Ray"], both.inputs[1])
    links.new(both.outputs[0], mix.inputs[0])
    links.new(shader, mix.inputs[1])
    links.new(nodes.new("ShaderNodeBsdfTransparent").outputs[0], mix.inputs[2])
    links.new(mix.outputs[0], output.inputs["Surface"])


def add_lamp(scene, index: int, lamp: dict) -> None:
    """Lamps are not seen by the camera, because the exact masks know nothing of them."""
    light = bpy.data.lights.new(f"lamp{index}", "AREA" if lamp["kind"] == "area" else "SUN")
    light.energy, light.color = lamp["power_w"], lamp["color"]
    if lamp["kind"] == "area":
        light.shape, light.size = "DISK", lamp["diameter_m"]
    else:
        light.angle = lamp["angle_rad"]
    thing = bpy.data.objects.new(f"lamp{index}", light)
    thing.location = lamp.get("position", (0, 0, 5))
    thing.rotation_mode = "QUATERNION"
    thing.rotation_quaternion = Vector(lamp["direction"]).to_track_quat("-Z", "Y")
    thing.visible_camera = False
    scene.collection.objects.link(thing)


def add_camera(scene, description: dict, image: dict):
    """A camera of the given focal lengths and principal point; unequal focal lengths become the pixel's aspect."""
    width, height = image["width"], image["height"]
    (fx, fy), (cx, cy) = description["focal_px"], description["center_px"]
    camera = bpy.data.cameras.new(description["name"])
    camera.sensor_fit, camera.sensor_width = "HORIZONTAL", SENSOR_MM
    camera.lens = fx * SENSOR_MM / width
    camera.shift_x, camera.shift_y = 0.5 - cx / width, (cy - height / 2) / width * fx / fy
    camera.clip_start, camera.clip_end = image["clip_m"]
    scene.render.pixel_aspect_x, scene.render.pixel_aspect_y = max(fy / fx, 1.0), max(fx / fy, 1.0)
    thing = bpy.data.objects.new(description["name"], camera)
    turn = Matrix(description["rotation"]).to_4x4()
    thing.matrix_world = Matrix.Translation(description["position"]) @ turn
    scene.collection.objects.link(thing)
    return thing


def make_sky(description: dict):
    """A sky from three colours between nadir and zenith, with soft clouds."""
    world = bpy.data.worlds.new("sky")
    nodes, links = tree_of(world)
    background = next(node for node in nodes if node.bl_idname == "ShaderNodeBackground")
    where, split = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeSeparateXYZ")
    links.new(where.outputs["Generated"], split.inputs[0])
    level, ramp = nodes.new("ShaderNodeMapRange"), nodes.new("ShaderNodeValToRGB")
    level.inputs["From Min"].default_value = -1.0
    links.new(split.outputs["Z"], level.inputs["Value"])
    links.new(level.outputs[0], ramp.inputs[0])
    colors = ramp.color_ramp.elements
    colors.new(0.49), colors.new(0.52)
    for element, name in zip(colors, ("ground", "ground", "horizon", "zenith")):
        element.color = (*description[name], 1.0)
    noise, clouds = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeMapRange")
    noise.inputs["Scale"].default_value = 2.5
    links.new(where.outputs["Generated"], noise.inputs["Vector"])
    clouds.inputs["To Min"].default_value = description["strength"] * (1 - description["clouds"])
    clouds.inputs["To Max"].default_value = description["strength"] * (1 + description["clouds"])
    links.new(noise.outputs[0], clouds.inputs["Value"])
    links.new(ramp.outputs[0], background.inputs["Color"])
    links.new(clouds.outputs[0], background.inputs["Strength"])
    return world


def tree_of(owner) -> tuple:
    """Nodes and links of a material or world; before Blender 6 they are there on demand only."""
    if owner.node_tree is None:
        owner.use_nodes = True
    return owner.node_tree.nodes, owner.node_tree.links


if __name__ == "__main__":
    sys.exit(main())
