(import module: (module) @path) @import
(import module: (module) @path names: (import_list name: (import_name (_) @name))) @import
