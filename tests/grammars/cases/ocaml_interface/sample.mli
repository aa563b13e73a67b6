open Printf

(** A shape. *)
type shape = Circle of float

val limit : int

val area : shape‸ -> float

module Tools : sig
  val square : float -> float
end
