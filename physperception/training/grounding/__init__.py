"""Training of grounding models as EGM does it (sections 4 and A): data, selection, reward, advantage, configurations.

Nothing here trains by itself: the trainings run in the tools the paper names, and this package makes what they read.
"""
