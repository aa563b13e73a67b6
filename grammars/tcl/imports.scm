(command
  name: (simple_word) @_package
  arguments: (word_list . (simple_word) @_require . (simple_word) @path)
  (#eq? @_package "package")
  (#eq? @_require "require")) @import
(command
  name: (simple_word) @_source
  arguments: (word_list . (_) @path)
  (#eq? @_source "source")) @import
