use "collections"

// A shape.
interface Shape
  fun area(): F64

class Circle is Shape
  let radius: F64

  new create(radius': F64) =>
    radius = radius'

  fun area(): F64 =>
    if radius > 0 then
      square(radius)‸
    else
      0
    end

actor Main
  new create(env: Env) =>
    env.out.print("x")
