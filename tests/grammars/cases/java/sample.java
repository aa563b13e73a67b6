package com.example.shapes;

import java.util.List;
import static java.lang.Math.*;

/** A shape. */
public interface Shape {
    double area();
}

enum Color {
    RED, GREEN;

    Color next() {
        return GREEN;
    }
}

record Point(int x, int y) {}

@interface Marker {}

@Marker
public class Circle extends Base implements Shape {
    private static final double PI = 3.14;
    private double radius;

    public Circle(double radius) {
        this.radius = radius;
    }

    @Override
    public double area() {
        if (radius > 0) {
            return PI * square(radius);‸
        }
        names.forEach(Circle::print);
        List<String> names = new ArrayList<>();
        return 0;
    }
}
