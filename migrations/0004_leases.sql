CREATE TABLE "lease_holders" (
	"id" uuid PRIMARY KEY NOT NULL,
	"pool" text NOT NULL,
	"beat" bigint DEFAULT 0 NOT NULL,
	"host" text,
	"process" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leases" (
	"pool" text NOT NULL,
	"slot" integer NOT NULL,
	"holder" uuid,
	CONSTRAINT "leases_pool_slot_pk" PRIMARY KEY("pool","slot")
);
--> statement-breakpoint
ALTER TABLE "leases" ADD CONSTRAINT "leases_holder_lease_holders_id_fk" FOREIGN KEY ("holder") REFERENCES "public"."lease_holders"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "leases_holder" ON "leases" USING btree ("holder");