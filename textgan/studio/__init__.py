"""The studio: a page in the browser in which a model is seen at work. `textgan studio` opens it."""
