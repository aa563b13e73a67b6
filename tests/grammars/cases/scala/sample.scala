package com.example.shapes

import scala.collection.mutable.{Map, Set}
import java.util.Locale

/** A shape. */
trait Shape {
  def area: Double
}

case class Point(x: Int, y: Int)

object Registry {
  val Limit = 10
  var names: List[String] = Nil
}

enum Color {
  case Red, Green
}

class Circle(radius: Double) extends Base with Shape {
  type Names = List[String]

  override def area: Double = {
    if (radius > 0) {
      println(square(radius))‸
    }
    new Point(1, 2).scaled(2)
  }
}

def square(x: Double): Double = x * x
