$version: "2"

namespace example.shapes

use aws.api#service

/// A shape.
structure Shape {
    @required
    name: String
    color: Color‸
}

enum Color {
    RED
}

service Shapes {
    version: "1"
    operations: [GetArea]
}

operation GetArea {
    input: Shape
}
