local json = require("cjson")
require "shape"

local LIMIT = 10
names = {}

local Circle = {}

-- Area of the circle.
function Circle.area(self)
  if self.radius > 0 then
    print(square(self.radius))‸
  end
  return 0
end

function Circle:scale(by)
  for i = 1, by do
    self:draw(i)
  end
end

local function square(x)
  return x * x
end

local twice = function(x)
  return 2 * x
end

return {
  start = function()
    return Circle.new()
  end,
}
