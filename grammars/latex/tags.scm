(section text: (curly_group) @name) @definition.section
(chapter text: (curly_group) @name) @definition.section
(part text: (curly_group) @name) @definition.section
(subsection text: (curly_group) @name) @definition.section
(subsubsection text: (curly_group) @name) @definition.section
(label_definition name: (curly_group_label label: (label) @name)) @definition.constant
(new_command_definition declaration: (curly_group_command_name
  command: (command_name) @name)) @definition.macro
(new_command_definition declaration: (command_name) @name) @definition.macro
(old_command_definition declaration: (command_name) @name) @definition.macro
(environment_definition name: (curly_group_text text: (text) @name)) @definition.macro

(generic_command command: (command_name) @name) @reference.macro
(label_reference names: (curly_group_label_list label: (label) @name)) @reference.value
(citation keys: (curly_group_text_list text: (text) @name)) @reference.value
