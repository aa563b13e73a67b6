(import_declaration (imported (module_fqn) @path)) @import
(import_declaration (imported (module_fqn) @path) (import_bind . (identifier) @name)) @import
