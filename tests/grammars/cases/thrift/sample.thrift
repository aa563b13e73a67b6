namespace py shapes
include "base.thrift"

const i32 LIMIT = 10

typedef i32 Size

enum Color {
  RED = 1
}

// A shape.
struct Shape {
  1: string name,
  2: Color color‸
}

exception TooLarge {
  1: string reason
}

service Shapes extends base.Service {
  Size area(1: Shape shape) throws (1: TooLarge error)
}
