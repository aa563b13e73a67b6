local tools = import "tools.libsonnet";
local limit = 10;

// Squares a number.
local square(x) = x * x;

{
  name: "shapes",
  area(radius):: square(radius),
  nested: {
    size: self.area(limit),‸
  },
}
