"""Between ROS messages and the core's values: `images` for pixels, `scene` for what was found, `grounding` for what was
meant."""
