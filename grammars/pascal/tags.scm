(unit (moduleName) @name) @definition.module
(program (moduleName) @name) @definition.module
(declType name: (identifier) @name type: (declClass)) @definition.class
(declType name: (identifier) @name type: (declIntf)) @definition.interface
(declType name: (identifier) @name type: (type (declEnum))) @definition.enum
(declType name: (_) @name) @definition.type
(declEnumValue name: (identifier) @name) @definition.constant
(declConst name: (identifier) @name) @definition.constant
(declField name: (identifier) @name) @definition.field
(declProp name: (identifier) @name) @definition.field
(declVars (declVar name: (identifier) @name) @definition.variable)
(defProc header: (declProc name: (genericDot
  lhs: (_) @container
  rhs: (identifier) @name))) @definition.method
(defProc header: (declProc name: (identifier) @name)) @definition.function
(declSection (declProc name: (identifier) @name) @definition.method)
(declClass (declProc name: (identifier) @name) @definition.method)
(declProc name: (identifier) @name) @definition.function

(exprCall entity: (identifier) @name) @reference.call
(exprCall entity: (exprDot rhs: (identifier) @name)) @reference.call
(statement (identifier) @name) @reference.call
(statement (exprDot rhs: (identifier) @name)) @reference.call
(typeref (identifier) @name) @reference.type
