import gleam/io
import gleam/list.{map, filter as keep}

pub const limit = 10

/// A shape.
pub type Shape {
  Circle(radius: Float)
  Square(Float)
}

pub type Names =
  List(String)

/// Area of a shape.
pub fn area(shape: Shape) -> Float {
  case shape {
    Circle(radius) -> {
      io.println("é")
      square(radius)‸
    }
    Square(side) -> side
  }
}

fn square(x: Float) -> Float {
  x *. x
}
