package com.example.shapes

import java.util.Locale
import kotlin.math.sqrt as root

const val LIMIT = 10
typealias Names = List<String>

/** A shape. */
interface Shape {
    fun area(): Double
}

enum class Color { RED, GREEN }

data class Point(val x: Int, val y: Int)

class Circle(val radius: Double) : Base(), Shape {
    private val pi = 3.14

    companion object {
        fun unit() = Circle(1.0)
    }

    override fun area(): Double {
        if (radius > 0) {
            println(square(radius))‸
        }
        return listOf(1).map { it * 2 }.first()
    }
}

object Registry {
    val names = mutableListOf<String>()
}

fun <T> List<T>.second(): T = this[1]

fun square(x: Double): Double {
    return x * x
}
