"""Videos of bouncing, sliding and spreading bodies with known physics: making, reading.

Every scene lives in a surface frame: the plane z = 0 is what bodies bounce, slide and spread on, z points up from it,
and gravity may be tilted against it. Metres, seconds.
"""
