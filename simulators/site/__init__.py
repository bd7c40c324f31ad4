"""The SITE protocol (自有站点协议): the company's own web shop and 818医药网 speak it."""
