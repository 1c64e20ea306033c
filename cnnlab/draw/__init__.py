"""Two renderers of a scene: a figure (`static`) and a live stage in the browser (`stage`)."""
