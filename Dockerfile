# syntax=docker/dockerfile:1.10
# Two images, `cpu` and `gpu`; the same ROS 2 workspace in both.
#   docker build --target cpu -t physperception:cpu .
#   docker build --target gpu -t physperception:gpu .
#   docker run --rm --network host --ipc host physperception:cpu ros2 launch physperception full.launch.py --show-args
ARG ROS_DISTRO=kilted
ARG CUDA=12.8.1-cudnn-runtime-ubuntu24.04

FROM ros:${ROS_DISTRO}-ros-base-noble AS ros-cpu
ARG ROS_DISTRO
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --no-install-recommends --yes \
      python3-pip \
      python3-venv \
      python3-yaml \
      "ros-${ROS_DISTRO}-message-filters" \
      "ros-${ROS_DISTRO}-rmw-fastrtps-cpp" \
      "ros-${ROS_DISTRO}-vision-msgs" \
    && rm -rf /var/lib/apt/lists/*
# Where ROS packages come from, for the image that does not start from ROS; links are followed.
RUN mkdir /ros-apt && cp --dereference --recursive --parents /etc/apt/sources.list.d/ros2* /usr/share/keyrings/ros2* /ros-apt

FROM nvidia/cuda:${CUDA} AS ros-gpu
ARG ROS_DISTRO
ENV ROS_DISTRO=${ROS_DISTRO} LANG=C.UTF-8 LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
COPY --from=ros-cpu /ros-apt/ /
# gcc and the Python headers are for Triton, which compiles at run time.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --no-install-recommends --yes \
      gcc \
      libc6-dev \
      python3-dev \
      python3-pip \
      python3-venv \
      python3-yaml \
      "ros-${ROS_DISTRO}-message-filters" \
      "ros-${ROS_DISTRO}-rmw-fastrtps-cpp" \
      "ros-${ROS_DISTRO}-ros-base" \
      "ros-${ROS_DISTRO}-vision-msgs" \
    && rm -rf /var/lib/apt/lists/*

# Python packages. Ubuntu's Python is managed by apt, so they go into a virtual environment that sees those of ROS.
FROM ros-cpu AS python-cpu
WORKDIR /opt/physperception
COPY pyproject.toml docker/requirements.py ./
ARG TORCH_INDEX_URL=""
RUN python3 -m venv --system-site-packages venv \
    && python3 requirements.py bags > requirements.txt \
    && venv/bin/python -m pip install --no-cache-dir ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} \
         "$(grep '^torch' requirements.txt)" \
    && venv/bin/python -m pip install --no-cache-dir --requirement requirements.txt

FROM ros-gpu AS python-gpu
WORKDIR /opt/physperception
COPY pyproject.toml docker/requirements.py ./
RUN python3 -m venv --system-site-packages venv \
    && python3 requirements.py bags gpu > requirements.txt \
    && venv/bin/python -m pip install --no-cache-dir --requirement requirements.txt

# The workspace, built with the virtual environment's Python so that the nodes start with it.
FROM python-cpu AS workspace
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /src
COPY . .
WORKDIR /src/ros_ws
RUN source "/opt/ros/${ROS_DISTRO}/setup.bash" \
    && /opt/physperception/venv/bin/python -m colcon build --merge-install --install-base /opt/physperception/install \
         --cmake-args -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF

FROM ros-gpu AS gpu
LABEL org.opencontainers.image.title="physperception, GPU" \
      org.opencontainers.image.description="ROS 2 perception for manipulation, with CUDA and vLLM" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=python-gpu /opt/physperception/venv /opt/physperception/venv
COPY --from=workspace /opt/physperception/install /opt/physperception/install
COPY docker/entrypoint.sh docker/healthcheck.sh /opt/physperception/
RUN useradd --create-home --groups video --uid 1100 perception
USER 1100
WORKDIR /home/perception
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s CMD ["/opt/physperception/healthcheck.sh"]
ENTRYPOINT ["/opt/physperception/entrypoint.sh"]
CMD ["ros2", "launch", "physperception", "full.launch.py"]

FROM ros-cpu AS cpu
LABEL org.opencontainers.image.title="physperception, CPU" \
      org.opencontainers.image.description="ROS 2 perception for manipulation" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=python-cpu /opt/physperception/venv /opt/physperception/venv
COPY --from=workspace /opt/physperception/install /opt/physperception/install
COPY docker/entrypoint.sh docker/healthcheck.sh /opt/physperception/
RUN useradd --create-home --groups video --uid 1100 perception
USER 1100
WORKDIR /home/perception
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s CMD ["/opt/physperception/healthcheck.sh"]
ENTRYPOINT ["/opt/physperception/entrypoint.sh"]
CMD ["ros2", "launch", "physperception", "full.launch.py"]
