library shapes;

import 'dart:math' as math show pi;
import 'package:app/tools.dart';
part 'src/parts.dart';

const limit = 10;

typedef Callback = void Function(int);

/// A shape.
abstract class Shape {
  double area();
}

mixin Named {
  String name = '';
}

enum Color { red, green }

class Circle extends Base with Named implements Shape {
  final double radius;

  Circle(this.radius);

  Circle.unit() : radius = 1;

  double get diameter => radius * 2;

  @override
  double area() {
    if (radius > 0) {
      print(square(radius));‸
    }
    return math.max(1, this.scale(2));
  }
}

extension Twice on int {
  int twice() => this * 2;
}

double square(double x) {
  return x * x;
}
