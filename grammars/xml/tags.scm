(element (STag
  (Name)
  (Attribute (Name) @_id (AttValue) @name)
  (#any-of? @_id "id" "xml:id" "name"))) @definition.section
(element (EmptyElemTag
  (Name)
  (Attribute (Name) @_id (AttValue) @name)
  (#any-of? @_id "id" "xml:id" "name"))) @definition.section
(document root: (element (STag (Name) @name))) @definition.module
