(call
  target: (identifier) @_define
  (arguments . (alias) @name)
  (#any-of? @_define "defmodule" "defprotocol")) @definition.module
(call
  target: (identifier) @_define
  (arguments . (alias) @name)
  (#eq? @_define "defimpl")) @definition.module
; The clauses of a function are one function.
((unary_operator operand: (call
    target: (identifier) @_doc
    (arguments (string) @doc)))
  .
  (unary_operator operand: (call target: (identifier) @_spec))*
  .
  (call
    target: (identifier) @_define
    (arguments . [
      (call target: (identifier) @name)
      (identifier) @name
      (binary_operator left: (call target: (identifier) @name) operator: "when")
    ])) @definition.function @clause
  (#eq? @_doc "doc")
  (#any-of? @_define "def" "defp" "defdelegate" "defguard" "defguardp"))
(call
  target: (identifier) @_define
  (arguments . [
    (call target: (identifier) @name)
    (identifier) @name
    (binary_operator left: (call target: (identifier) @name) operator: "when")
    (binary_operator left: (identifier) @name operator: "when")
  ])
  (#any-of? @_define "def" "defp" "defdelegate" "defguard" "defguardp")) @definition.function @clause
(call
  target: (identifier) @_define
  (arguments . [
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name) operator: "when")
  ])
  (#any-of? @_define "defmacro" "defmacrop")) @definition.macro
; `@limit 10` is a constant of the module.
(unary_operator
  operator: "@"
  operand: (call target: (identifier) @name (arguments))
  (#not-match? @name
    "^(doc|moduledoc|spec|type|typep|opaque|callback|impl|behaviour|typedoc|macrocallback|deprecated|enforce_keys|derive|since)$")) @definition.constant
(unary_operator
  operator: "@"
  operand: (call
    target: (identifier) @_type
    (arguments (binary_operator left: [
      (call target: (identifier) @name)
      (identifier) @name
    ])))
  (#any-of? @_type "type" "typep" "opaque")) @definition.type

(call target: (identifier) @name
  (#not-match? @name
    "^(def|defp|defmodule|defprotocol|defimpl|defmacro|defmacrop|defstruct|defguard|defguardp|defdelegate|defexception|alias|import|use|require|if|unless|case|cond|with|for|quote|unquote|receive|try|raise|doc|moduledoc|spec|type|typep)$")) @reference.call
(call target: (dot right: (identifier) @name)) @reference.call
(unary_operator
  operator: "&"
  operand: (binary_operator left: (identifier) @name operator: "/")) @reference.call
(alias) @name @reference.type
