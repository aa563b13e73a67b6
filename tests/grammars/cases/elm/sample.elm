module Shapes exposing (Shape, area)

import Html exposing (div, text)
import Dict as D


{-| A shape. -}
type Shape
    = Circle Float
    | Square Float


type alias Point =
    { x : Int }


{-| Area of a shape. -}
area : Shape -> Float
area shape =
    case shape of
        Circle radius ->
            square radius‸

        Square side ->
            D.size side


square : Float -> Float
square x =
    x * x
