#!/usr/bin/env bash
# Makes ROS 2, the workspace and its Python packages known, then becomes the command given.
set -eo pipefail
source "/opt/ros/${ROS_DISTRO:?}/setup.bash"
source /opt/physperception/install/local_setup.bash
exec "$@"
