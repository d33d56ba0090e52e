"""Learned read-outs of physical properties from video (thesis 5.4.2): backbones, attentive pooling, heads."""
