"""The Fast DDS settings under which camera images arrive: a shared-memory transport large enough for them."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from physperception.config import config_directory

PROFILE_VARIABLES = ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_BUILTIN_TRANSPORTS")


def use_shared_memory_profile(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Point Fast DDS at `config/fastdds_shared_memory.xml` unless the user chose a profile or another RMW.

    Stock Fast DDS settings lose nearly every best-effort image of 640x480; with this profile all arrive. Call it
    before `rclpy.init`; child processes inherit it.

    Returns:
        Whether the profile of this package is in use.
    """
    if any(environment.get(name) for name in PROFILE_VARIABLES):
        return False
    if environment.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp") not in (
        "rmw_fastrtps_cpp",
        "rmw_fastrtps_dynamic_cpp",
    ):
        return False
    environment["FASTDDS_DEFAULT_PROFILES_FILE"] = str(config_directory() / "fastdds_shared_memory.xml")
    return True
