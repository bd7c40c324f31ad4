"""A company with real data (演示公司), for the first look and for the tests that need a full month."""
