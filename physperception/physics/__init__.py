"""Physical properties from video: restitution, kinetic friction and viscosity (thesis ch. 5)."""
