module Shapes.Circles

open System
open System.Collections.Generic

let limit = 10

/// A shape.
type Shape =
    | Circle of float
    | Square of float

type Point = { X: int; Y: int }

type IArea =
    abstract member Area: unit -> float

type Greeter(name: string) =
    member this.Greet(times) =
        for i in 1 .. times do
            printfn "%s" name‸

module Tools =
    let square x = x * x

/// Area of a shape.
let rec area shape =
    match shape with
    | Circle radius -> Tools.square radius
    | Square side -> Math.Pow(side, 2.0)
