module Shapes (area) where

import Prelude
import Data.Array (sort, head)
import Data.Map as Map

-- | A shape.
data Shape = Circle Number | Square Number

newtype Name = Name String

type Names = Array Name

class Sized a where
  size :: a -> Int

-- | Area of a shape.
area :: Shape -> Number
area (Circle radius) = square radius‸
area (Square side) = go side
  where
  go x = square x

square :: Number -> Number
square x = x * x
