module Shapes (Shape (..), area) where

import Data.List (sortBy, nub)
import qualified Data.Map as Map

-- | A shape.
data Shape = Circle Double | Square { side :: Double }

newtype Name = Name String

type Names = [Name]

class Sized a where
  size :: a -> Int

instance Sized Shape where
  size shape = round (area shape)

-- | Area of a shape.
area :: Shape -> Double
area (Circle radius) = pi * square radius
area (Square side) = go side
  where
    go x = square x‸

square :: Double -> Double
square x = x * x

limit = 10
