module shapes.circle;

import std.stdio;
import std.algorithm : map, sort;

enum LIMIT = 10;
alias Names = string[];

interface Sized
{
    int size();
}

struct Point
{
    int x;
}

/// A circle.
class Circle : Shape
{
    double radius;

    this(double radius)
    {
        this.radius = radius;
    }

    double area()
    {
        if (radius > 0)
        {
            writeln(square(radius));‸
        }
        return this.scale(2);
    }
}

enum Color { red, green }

T square(T)(T x)
{
    return x * x;
}
