(command
  command_name: (command_name) @_import
  command_elements: (command_elements . (command_argument_sep) . (_) @path)
  (#match? @_import "^[Ii]mport-[Mm]odule$")) @import
(command
  command_name: (command_name) @_using
  command_elements: (command_elements
    . (command_argument_sep) . (_) . (command_argument_sep) . (_) @path)
  (#match? @_using "^[Uu]sing$")) @import
