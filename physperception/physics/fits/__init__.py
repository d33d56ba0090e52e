"""Oracle estimators (thesis 5.4.1): physical models fitted to tracks, with covariances, intervals and refusals."""

from physperception.physics.fits.flights import FallScale, fall_scale
from physperception.physics.fits.friction import estimate_friction
from physperception.physics.fits.restitution import estimate_restitution
from physperception.physics.fits.statistics import Calibration
from physperception.physics.fits.viscosity import estimate_viscosity

__all__ = ["Calibration", "FallScale", "estimate_friction", "estimate_restitution", "estimate_viscosity", "fall_scale"]
