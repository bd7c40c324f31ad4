"""The in-house ERP beside us (内部ERP接口): one port, and the protocol it speaks."""
