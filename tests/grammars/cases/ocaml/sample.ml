open Printf
module Map = Stdlib.Map

let limit = 10

(** A shape. *)
type shape =
  | Circle of float
  | Square of { side : float }

exception Empty of string

module type SIZED = sig
  val size : shape -> int
end

module Tools = struct
  let square x = x *. x
end

(** Area of a shape. *)
let rec area shape =
  match shape with
  | Circle radius ->
      let twice y = 2. *. y in
      printf "%f" (Tools.square radius)‸
  | Square { side } -> area (Circle side)

class circle radius = object
  method area = radius
end
