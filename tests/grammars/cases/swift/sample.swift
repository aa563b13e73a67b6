import Foundation
import struct Darwin.timeval

let limit = 10

/// A shape.
protocol Shape: AnyObject {
    var name: String { get }
    func area() -> Double
}

enum Color {
    case red
    case green(Int)
}

struct Point {
    var x: Int
}

class Circle: Base, Shape {
    private var radius: Double = 1

    init(radius: Double) {
        self.radius = radius
    }

    func area() -> Double {
        if radius > 0 {
            print(square(radius))‸
        }
        return Point(x: 1).scaled(by: 2)
    }
}

extension Circle: Equatable {
    static func unit() -> Circle {
        return Circle(radius: 1)
    }
}

typealias Names = [String]

func square<T: Numeric>(_ x: T) -> T {
    return x * x
}
