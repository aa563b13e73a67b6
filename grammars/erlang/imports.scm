(pp_include file: (string) @path) @import
(pp_include_lib file: (string) @path) @import
(import_attribute module: (atom) @path) @import
(import_attribute module: (atom) @path funs: (fa fun: (atom) @name)) @import
(behaviour_attribute name: (atom) @path) @import
