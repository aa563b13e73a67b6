(list_lit
  . value: (sym_lit name: (sym_name) @_define)
  . value: (sym_lit name: (sym_name) @name)
  . value: (str_lit)? @doc
  (#any-of? @_define "defn" "defn-" "defmulti" "defmethod" "deftest")) @definition.function
(list_lit
  . value: (sym_lit name: (sym_name) @_define)
  . value: (sym_lit name: (sym_name) @name)
  (#eq? @_define "defmacro")) @definition.macro
(list_lit
  . value: (sym_lit name: (sym_name) @_define)
  . value: (sym_lit name: (sym_name) @name)
  (#any-of? @_define "defprotocol" "definterface")) @definition.interface
(list_lit
  . value: (sym_lit name: (sym_name) @_define)
  . value: (sym_lit name: (sym_name) @name)
  (#any-of? @_define "defrecord" "deftype" "defstruct")) @definition.class
(list_lit
  . value: (sym_lit name: (sym_name) @_define)
  . value: (sym_lit name: (sym_name) @name)
  (#any-of? @_define "def" "defonce")) @definition.variable
(list_lit
  . value: (sym_lit name: (sym_name) @_ns)
  . value: (sym_lit name: (sym_name) @name)
  (#eq? @_ns "ns")) @definition.module
; The methods of a protocol, and those of a record that implements it.
(list_lit
  . value: (sym_lit name: (sym_name) @_define)
  value: (list_lit . value: (sym_lit name: (sym_name) @name) . value: (vec_lit)) @definition.method
  (#any-of? @_define "defprotocol" "defrecord" "deftype" "extend-type" "reify"))

(list_lit . value: (sym_lit name: (sym_name) @name)) @reference.call
