(call
  function: (identifier) @_load
  arguments: (argument_list . (string) @path)
  (#eq? @_load "load")) @import
(call
  function: (identifier) @_load
  arguments: (argument_list . (string) @path [
    (string) @name
    (keyword_argument value: (string) @name)
  ])
  (#eq? @_load "load")) @import
