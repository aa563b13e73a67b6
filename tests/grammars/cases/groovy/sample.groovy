package com.example

import groovy.json.JsonSlurper
import static java.lang.Math.max

/** A shape. */
interface Shape {
    double area()
}

enum Color { RED, GREEN }

class Circle extends Base implements Shape {
    static final int LIMIT = 10
    def radius = 1

    Circle(double radius) {
        this.radius = radius
    }

    double area() {
        if (radius > 0) {
            println(square(radius))‸
        }
        return new JsonSlurper().parse(radius)
    }
}

def square(x) {
    x * x
}

names.each { println it }
