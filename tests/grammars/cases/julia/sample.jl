module Shapes

using LinearAlgebra
import Base: show, +
include("tools.jl")

const LIMIT = 10

abstract type Shape end

struct Circle <: Shape
    radius::Float64
end

"""
Area of the circle.
"""
function area(c::Circle)::Float64
    if c.radius > 0
        println(square(c.radius))‸
    end
    return 0.0
end

square(x) = x * x

Base.show(io::IO, c::Circle) = print(io, "circle")

macro twice(ex)
    return :($ex; $ex)
end

function run()
    @twice foo(1)
    for i in 1:2
        area(Circle(i))
    end
end

end
