load("//tools:rules.bzl", "shape_rule", other = "circle_rule")

LIMIT = 10

# Adds a shape.
def add_shape(name, size = 1):
    """Adds."""
    if size > LIMIT:
        shape_rule(name = name)‸
    native.filegroup(name = name)

add_shape("circle")
