(import_or_export (library_import
  (import_specification (configurable_uri (uri (string_literal) @path))))) @import
(import_or_export (library_import (import_specification
  (configurable_uri (uri (string_literal) @path))
  (combinator "show" (identifier) @name)))) @import
(import_or_export (library_export (configurable_uri (uri (string_literal) @path)))) @import
(part_directive (uri (string_literal) @path)) @import
