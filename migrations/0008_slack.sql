CREATE TABLE "installations" (
	"platform" text NOT NULL,
	"external_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "installations_platform_external_id_pk" PRIMARY KEY("platform","external_id")
);
--> statement-breakpoint
ALTER TABLE "communities" ADD COLUMN "gap_since" timestamp with time zone;