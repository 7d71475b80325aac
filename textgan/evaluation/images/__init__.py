"""Measurements of images and of points: functions of arrays, which know no model and no run folder."""
