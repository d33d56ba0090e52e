#!/usr/bin/env bash
# Healthy when a node of the stack tells its diagnostics, which every one does once a second in every state.
set -eo pipefail
source "/opt/ros/${ROS_DISTRO:?}/setup.bash"
exec timeout 15 ros2 topic echo --once --no-daemon /diagnostics diagnostic_msgs/msg/DiagnosticArray > /dev/null
