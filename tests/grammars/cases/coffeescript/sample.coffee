fs = require 'fs'
{ readFile } = require "node:path"
import { area } from './shape'

LIMIT = 10

# A circle.
class Circle extends Base
  constructor: (@radius) ->
    super()

  area: (times) =>
    if @radius > 0
      console.log square(@radius)‸
    0

square = (x) -> x * x

exports.twice = (x) ->
  ### not = -> code ###
  square(x) + @scale "a = -> b"

total = (area n for n in [1, 2, 3])
