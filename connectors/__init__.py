"""The outside world (外部平台), one file per partner: each speaks its partner's protocol and our neutral words."""
