"""A partner's warehouse that speaks Qimen (奇门外仓): signed XML, strict fields, and reports of its own."""
